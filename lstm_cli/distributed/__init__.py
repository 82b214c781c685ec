"""Several workers, or several GPUs, on one training: who they are, how they meet, and what they agree on."""
