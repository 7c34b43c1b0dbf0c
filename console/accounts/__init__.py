"""People, roles, sign-in, API tokens and view-only links: plain tables behind one facade.

A sign-in is a row that only a sign-in writes: its id is minted then, stored hashed, and no request can bring back
a row that is gone. Whatever ends someone's right to look or act also writes a numbered `revocations` row; each
process reads those rows and closes the sockets they hit, whichever process wrote them.
"""
