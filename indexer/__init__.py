"""Pictures on disk to a catalogue and vectors."""
