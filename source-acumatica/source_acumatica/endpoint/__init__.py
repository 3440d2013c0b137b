"""What can be asked of which endpoint version: streams, fields, schemas, requests."""
