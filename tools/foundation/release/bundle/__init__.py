"""What a release is made of: the manifest, the cloud assembly, the bill of materials."""
