"""The three tutorials trained again, their published figures and claims beside ours: `python -m reproduction`."""
