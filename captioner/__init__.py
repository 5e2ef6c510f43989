"""Vision-language models in PaddlePaddle that describe a picture."""
