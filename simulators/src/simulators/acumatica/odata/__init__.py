"""The read-only OData service over data access classes (DACs), and the list of deletions."""
