"""Where other programs look for running Tenons. The build makes this module: it is the client's own
(`client/tenon_client/state_folder.py`).
"""

from tenon_client.state_folder import state_folder as state_folder
