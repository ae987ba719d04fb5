"""The audit document and its four forms: text, JSON, SARIF, HTML."""
