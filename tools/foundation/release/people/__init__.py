"""What people do: approve releases, read what happened to them, change what is live."""
