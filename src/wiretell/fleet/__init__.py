"""What runs where, held against a policy: inventory, check, removal with proof, exports, and one page for all machines.

    walk -> readers -> programs -> Inventory         taking.py
    Inventory + Policy -> Checked                    checking.py, pure
    Checked -> steps -> journal -> Inventory again   removal/
    Policy, Inventory -> what companies run already  exports/
    many inventories -> one page                     merging/

An inventory reads and never sends; nothing that it finds is run.
"""
