"""How do other encoders that a person might choose do on the same pictures and captions?"""
