"""`wiretell/marks-schemes/1`: what is known of schemes and detectors of marks, as text and JSON."""
