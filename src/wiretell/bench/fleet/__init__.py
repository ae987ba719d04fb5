"""What an inventory costs on a made-up home of a busy developer, beside `find` on the same home."""
