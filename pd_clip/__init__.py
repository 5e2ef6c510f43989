"""The dual encoder in PaddlePaddle: a picture and a sentence to one vector space."""
