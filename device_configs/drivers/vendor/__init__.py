"""What the drivers of VRP and Comware share: a dialogue over SSH, its words, and the candidate."""
