"""What the readers of pip, pipx and uv share: environments, metadata of installed packages, what belongs to them."""
