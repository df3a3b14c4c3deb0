"""Letter templates: DOCX with tags, rendered, sealed, many in one document where that gives the same pages."""
