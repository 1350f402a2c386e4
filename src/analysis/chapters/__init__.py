"""What chapters ask of a market beyond its own verbs, a subject a module; notebooks reach them through `analysis`."""
