"""The far side of every connection: records bytes, answers as a model host would."""
