"""What models say about a DICOM image, as DICOM objects that go back into its study; for whoever asks for them."""
