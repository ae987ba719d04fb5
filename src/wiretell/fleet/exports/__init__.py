"""What companies run already, told what a policy or an inventory says: one module a form."""
