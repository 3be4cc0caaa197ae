"""`override` for what is loaded before the first paint: without the weight of typing_extensions."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

__all__ = ["override"]

if TYPE_CHECKING:
    from typing_extensions import override
else:
    T = TypeVar("T")

    def override(method: T) -> T:
        """Mark a method that replaces one of the class above; type checkers read it, the program does not."""
        return method
