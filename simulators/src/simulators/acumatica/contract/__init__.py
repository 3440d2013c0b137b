"""What the endpoints offer: fields, versions, data views, and their published descriptions."""
