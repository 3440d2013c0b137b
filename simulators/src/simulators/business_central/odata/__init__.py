"""OData v4 as Business Central speaks it: types, query options, filters, texts."""
