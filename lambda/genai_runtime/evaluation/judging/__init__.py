"""A language model as judge: graded with a rubric, compared in both orders, and calibrated against people's labels.

Zheng et al. 2023, "Judging LLM-as-a-Judge with MT-Bench and Chatbot Arena" (arXiv:2306.05685); Wang et al. 2023, "Large
Language Models are not Fair Evaluators" (arXiv:2305.17926). `agreement` needs the layer `statistics`, all else the base.
"""
