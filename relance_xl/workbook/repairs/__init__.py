"""What of ours was deleted, moved, or lost its looks: brought back."""
