"""What is asked for: streams, their fields, and the addresses of lists."""
