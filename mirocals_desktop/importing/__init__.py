"""From any spreadsheet a trial keeps to observations with their cells, nothing guessed in silence."""
