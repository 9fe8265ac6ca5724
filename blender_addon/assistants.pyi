"""The assistants and the texts to paste into their configuration. The build makes this module: it is the
client's own (`client/tenon_client/setup/registry.py`), the table that `tenon setup` uses.
"""

from tenon_client.setup.registry import ASSISTANTS as ASSISTANTS
from tenon_client.setup.registry import named as named
from tenon_client.setup.registry import url_of as url_of
