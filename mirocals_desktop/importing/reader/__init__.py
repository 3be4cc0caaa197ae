"""Reading files in a guarded child process. Light on purpose: the child starts by importing this."""
