"""What a request asks for, compiled: filters, and the shape of an answer."""
