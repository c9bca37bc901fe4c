"""Methods on what a network attends to: self-attention between its tokens, or maps that it gives by itself."""
