"""What leaves the program: the Excel workbook, and figures painted in millimetres."""
