"""The sample region: real places around Liechtenstein, six hours of history, and devices that move."""
