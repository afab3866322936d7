"""What stands between the Initiator of a machine, its kernel and the wire: the Initiator decides, and knows none of them."""
