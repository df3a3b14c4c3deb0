"""What people typed that holds beyond the week: told apart from what an old copy of the workbook shows."""
