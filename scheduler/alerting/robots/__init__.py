"""Messages as the robots of four chats take them, and what they answer. One file for each."""
