"""What devices and the server say over MQTT, version 1: topics, messages, and their decoders."""
