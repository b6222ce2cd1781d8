"""The faces: two public vocabularies in front of one domain. Words in, words out."""
