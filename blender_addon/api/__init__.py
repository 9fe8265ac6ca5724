"""What other add-ons use of Tenon: the module `tenon_api`."""
