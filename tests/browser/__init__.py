"""The lessons as a learner uses them: JupyterLab in Chromium."""
