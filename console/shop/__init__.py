"""What the shop knows apart from any show: products with their prices, the platform's presets, own word lists.

Plain tables, cached in memory: the gate asks for them at every command.
"""
