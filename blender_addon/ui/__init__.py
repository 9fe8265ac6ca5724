"""What the user sees and clicks: panels and operators."""
