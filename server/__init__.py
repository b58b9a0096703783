"""What runs in the head office: the API, its database and the commands around them."""
