"""What runs on the tablet: windows, and nothing that decides."""
