"""What of ours was deleted, moved, renamed or said in another language, and comes back."""
