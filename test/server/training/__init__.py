"""What train.py is made of: one file per family of models."""
