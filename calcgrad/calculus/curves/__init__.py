"""What equations and paths define: slopes, singular points, half-branches."""
