"""The tags of letter and mail templates: what they may do, and what is wrong with them."""
