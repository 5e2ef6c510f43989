"""What a query means: its syntax, dates in words, filters, text search, relevance, duplicates."""
