"""The account x token graph: parts that hold together, split where one kind of evidence alone ties them."""
