"""Many letters of one template as one document: which can be, what keeps them from it, and the document."""
