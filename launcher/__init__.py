"""What `learn.py` does: an environment, a working copy of the lessons, and JupyterLab. Standard library only."""
