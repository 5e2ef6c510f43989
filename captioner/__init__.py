"""Vision-language models in PaddlePaddle that describe a picture.

entry, folder = captioner.registry.find("auto", models_folder)
with_crashes_contained = captioner.process.CaptionerProcess(entry, folder)
in_this_process = captioner.registry.load(folder)
"""
