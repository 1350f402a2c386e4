"""What is true of the population that the bundled respondents are drawn from: percents.

Published figures stand with the id of their claim (params/claims.yaml) and are the mean over the
seven markets. All other figures, and how markets spread around a mean, are our assumption.
A tuple follows the order of the question's answers in the codebook; a dict names their codes.
"""

from __future__ import annotations

# By market, each with the published figure as its mean (S0-03, X-02, X-03; S0-06 to S0-08 of one market).
TRUTH = {
    "social": {"uk": 24, "fr": 21, "de": 17, "it": 25, "es": 27, "nl": 20, "se": 20},  # S0-03
    "email": {"uk": 43, "fr": 39, "de": 44, "it": 38, "es": 39, "nl": 42, "se": 42},  # X-02a
    "faq": {"uk": 39, "fr": 35, "de": 40, "it": 36, "es": 37, "nl": 40, "se": 39},  # X-02b
    "phone": {"uk": 22, "fr": 26, "de": 26, "it": 27, "es": 26, "nl": 21, "se": 20},  # X-02c
    "reviews": {"uk": 30, "fr": 25, "de": 15, "it": 18, "es": 19, "nl": 16, "se": 17},  # X-03c, S0-06, S0-08a
    "unclear": {"uk": 24, "fr": 25, "de": 27, "it": 27, "es": 26, "nl": 27, "se": 26},  # X-03a, S0-08b
    "signup_or_payment": {"uk": 28, "fr": 20, "de": 20, "it": 19, "es": 20, "nl": 20, "se": 20},  # X-03b, S0-07
}
YOUNG = 29  # S0-04: social media, among 18-34
RESPONSE = {"18-34": 1.05, "35-54": 1.20, "55+": 0.80}  # who answers a panel more often
LATENT = {"social": 0.75, "reviews": 0.55}  # correlation with the latent social orientation
DONT_KNOW, REFUSED = 0.02, 0.005
OFFSETS = (3, -2, 1, -3, 2, -1, 0)  # points by which markets lie around a mean, dealt anew for each question

# Where adults live, rounded from what is generally known of 2012: assumed, and used for drawing alone. Nothing
# is weighted to it, and no other answer hangs on it.
REGIONS = {
    "uk": (27, 33, 24, 16),
    "fr": (19, 32, 24, 25),
    "de": (16, 35, 29, 20),
    "it": (27, 19, 20, 34),
    "es": (19, 26, 29, 26),
    "nl": (31, 47, 22),
    "se": (39, 43, 18),
}

# Yes, of those asked.
YES = {
    "given_up": 48,
    "choice_changed": 37,
    "contacted": 62,
    "second_channel": 57,  # S0-18: most
    "second_channel_negative": 24,
    "needed_support": 45,
    "poor_experience": 41,
    "switched": 22,
    "adviser": 18,
    "promised_offer_missed": 13,
    "trial": 34,
}

ITEMS = {
    "bought": {"retail": 62, "telecoms": 30, "utilities": 25, "travel": 40, "finance": 25, "manufacturer": 30},
    "missed_why": {
        "quality": 31, "slow": 34, "unclear": 27, "promise": 22, "passed": 19, "staff": 17, "unknown": 11, "other": 9,
    },
    "second_channel_why": {"best": 52, "cheapest": 47, "stock": 21, "reviews": 38, "ask": 17, "other": 5},  # S0-18
    "silo_failures": {"search": 28, "pushed": 24, "complaint": 15, "messages": 27, "order": 12, "rewards": 20},
    "offers": {
        "complementary": 61, "another": 59,  # X-07a, X-07b
        "call": 9, "social": 14, "code": 64, "reward": 57, "renewal": 46,
    },
    "expectation_source": {
        "past": 54, "others": 31, "brand": 33, "advertising": 15, "quality": 42, "service": 26, "price": 45,
        "promise": 19,
    },
    "story_points": {"pain": 34, "praise": 29, "moving": 12},
}  # fmt: skip
REASONS = {
    "price": 17, "elsewhere": 16, "delivery": 15, "slow_reply": 14, "distrust": 13, "changed_mind": 12, "not_found": 11,
    "contradiction": 9, "technical": 8, "offer": 6, "other": 4,
}  # fmt: skip
INFLUENCES = {
    "reviews": 44, "friends": 52, "chat": 19, "shop": 29, "price": 71, "brand": 43, "advertising": 14,
    "comparison": 47, "coupon": 38, "live": 8,
}  # fmt: skip
WOULD = {
    "phone": 38, "email": 42, "self_service": 49, "chat": 20, "social": 17, "shop": 18, "letter": 7, "forum": 9,
}  # fmt: skip
CHANNELS = {
    "phone": 19, "email": 21, "website": 62, "chat": 9, "messaging": 6, "social": 15, "shop": 38, "app": 12,
    "forum": 11, "comparison": 40, "friends": 28, "leaflet": 11, "other": 4,
}  # fmt: skip
# Points by which a sector differs (S0-17: no clear pattern).
CHANNELS_BY_SECTOR = {"shop": (-3, 1, 0, -1, 1, 3, 0), "phone": (-1, 1, 1, 0, 1, -1, 0)}
# How likely each is to be among the three that may be chosen.
WEIGHTS: dict[str, dict[str, float]] = {
    "sector": {"retail": 1.0, "telecoms": 1.0, "utilities": 0.7, "travel": 1.5, "finance": 1.0, "manufacturer": 1.5},
    "brand_love": {"staff": 18, "safe": 30, "place": 8, "easy": 27, "solving": 25, "belonging": 9},
    "loyalty_reasons": {
        "quality": 27, "price": 25, "service": 16, "habit": 17, "rewards": 9, "contract": 8, "trust": 18,
        "no_better": 10,
    },
}  # fmt: skip

SINGLE: dict[str, tuple[float, ...] | dict[int, float]] = {
    "device": (62, 24, 14),
    "education": (22, 46, 32),
    "income": (33, 34, 33),
    "internet_use": (71, 18, 8, 3),
    "social_use": (45, 22, 13, 10, 10),
    "bought_online.retail": (80, 20, 0, 0),
    "bought_online.other": (38, 17, 14, 31),
    "complexity": (20, 27, 25, 19, 9),
    "price_position": (22, 55, 23),
    "attention": (3, 9, 41, 33, 14),
    "goal": (14, 30, 11, 21, 9, 9, 6),
    "goal_ease": (4, 8, 11, 17, 24, 25, 11),
    "departments": (2, 4, 6, 14, 20, 31, 23),
    "recommendations": {1: 31, 2: 29, 3: 21, 4: 7, 5: 5, 6: 3, 96: 4},
    "last_reason": {1: 9, 2: 6, 3: 6, 4: 10, 5: 5, 6: 16, 7: 9, 8: 13, 9: 3, 10: 5, 11: 4, 12: 4, 13: 2, 14: 6, 15: 2},
    "key_moment": (10, 9, 7, 8, 17, 6, 15, 19, 6, 3),  # S0-11: few of many
    "moment_missed.complex": (42, 37, 21),  # S0-12: most
    "moment_missed.simple": (62, 28, 10),
    "trust_after": (7, 16, 48, 22, 7),
    "reply_actual": (7, 11, 14, 14, 21, 16, 9, 4, 4),
    "reply_promise": {1: 34, 3: 45, 2: 21},  # kept, none, missed
    "clear_answer": (3, 7, 10, 16, 25, 27, 12),
    "speed_or_promise": (31, 38, 31),
    "first_channel": {3: 34, 8: 17, 15: 13, 16: 10, 7: 5, 1: 5, 2: 4, 11: 4, 12: 2, 17: 2, 4: 1, 6: 1, 19: 2},
    "second_channel_which": {3: 22, 8: 13, 15: 27, 16: 14, 7: 6, 1: 4, 2: 2, 11: 2, 12: 5, 17: 1, 4: 2, 6: 1, 19: 1},
    "second_channel_outcome.negative": (14, 12, 38, 30, 6),  # S0-19: ends the purchase
    "second_channel_outcome.none": (66, 10, 10, 6, 8),
    "repeated_information": (14, 21, 32, 23, 10),
    "support_first": {1: 18, 2: 22, 3: 33, 4: 8, 7: 10, 8: 5, 9: 2, 12: 2},  # S0-20, S0-21, S0-22
    "support_resolved": (46, 36, 18),
    "support_enough": (7, 11, 14, 17, 23, 20, 8),
    "would_switch": (3, 5, 13, 44, 35),
    "expectations_met": (4, 19, 45, 29, 3),
    "company_told": {1: 7, 2: 46, 3: 34, 4: 13},  # nothing at all, silent, complained, neither (S2-10: most are silent)
    "complaint_first": {1: 48, 2: 32, 3: 1, 4: 12, 5: 5, 6: 1, 7: 1},  # X-08a, X-08b, X-08c
    "complaint_second": {1: 30, 2: 32, 3: 7, 4: 16, 6: 7, 7: 8},  # beside the social network
    "review_reply": (52, 27, 8, 13),
    "review_reply_effect": (12, 20, 42, 19, 7),
    "journey": (5, 16, 48, 23, 8),
    "satisfaction": (1, 1, 2, 3, 4, 8, 11, 19, 25, 15, 11),
    "attachment": (13, 15, 14, 24, 17, 12, 5),
    "themes": (3, 6, 9, 20, 25, 25, 12),
    "theme_most": (22, 17, 14, 11, 7, 8, 7, 5, 4, 5),
    "theme_least": (3, 4, 6, 6, 11, 11, 9, 12, 16, 22),
    "standard": (34, 31, 24, 11),
    "patience": (3, 7, 9, 19, 24, 24, 14),  # agree: 62
    "recommend": (3, 1, 2, 3, 4, 10, 11, 17, 21, 14, 14),
    "rebuy": (4, 5, 6, 14, 22, 30, 19),
    "service_value": (55, 42, 2, 1),  # X-06a, X-06b
    "tier": (58, 31, 11),
    "shop_priority": (44, 15, 19, 22),
    "told_each_step": (46, 38, 16),
    "delivery_trouble": (74, 14, 12),
    "delivery_time": (2, 5, 31, 43, 19),
    "page_clear": (2, 5, 8, 17, 27, 29, 12),
    "blame": (2, 4, 7, 16, 24, 30, 17),
    "niche_brand": (8, 12, 14, 26, 19, 13, 8),
}  # fmt: skip
COMPLAINT_SECOND_SOCIAL = 13  # X-08d: of all
FASTER = {"high_end": 66, "others": 55.9}  # S0-14: 58 of all
# How readily each reason named becomes the main one, so that the shares of main reasons are about: unclear 17,
# sign-up or payment 14, reviews 13, price 8, elsewhere 7, delivery 5, all others less, none 17.
LIKING = {
    "reviews": 0.83, "signup": 1.04, "payment": 1.06, "unclear": 1.0, "slow_reply": 0.14, "price": 0.48,
    "delivery": 0.22, "elsewhere": 0.39, "contradiction": 0.08, "distrust": 0.18, "technical": 0.12, "not_found": 0.04,
    "offer": 0.04, "changed_mind": 0.11, "other": 0.14,
}  # fmt: skip
# Form B names the price 3 points more, for it saw no list of several first: percent of those who would have
# named reviews (1) or none (96).
PRICE_INSTEAD = {1: 15, 96: 6}

GRIDS: dict[str, dict[str, tuple[float, ...]]] = {
    "reply_expected": {
        "phone": (52, 23, 9, 8, 5, 2, 1, 0, 0), "email": (4, 10, 15, 19, 31, 15, 5, 1, 0),
        "chat": (71, 19, 4, 3, 2, 1, 0, 0, 0), "social": (17, 26, 18, 14, 13, 6, 3, 1, 2),
        "web": (4, 9, 12, 18, 31, 18, 6, 1, 1),
    },
    "moment_importance": {
        "find": (4, 11, 30, 37, 18), "advice": (7, 15, 31, 32, 15), "order": (5, 13, 33, 34, 15),
        "pay": (4, 10, 27, 37, 22), "deliver": (2, 6, 19, 40, 33), "setup": (6, 15, 33, 32, 14),
        "help": (2, 6, 19, 39, 34), "fix": (1, 4, 14, 37, 44), "complain": (4, 9, 22, 36, 29),
        "renew": (12, 21, 35, 23, 9),
    },
    "moment_performance": {
        "find": (3, 8, 25, 42, 22), "advice": (10, 19, 34, 27, 10), "order": (3, 8, 25, 43, 21),
        "pay": (3, 7, 24, 43, 23), "deliver": (6, 12, 27, 36, 19), "setup": (4, 11, 31, 38, 16),
        "help": (8, 16, 32, 31, 13), "fix": (10, 17, 30, 30, 13), "complain": (15, 21, 33, 22, 9),
        "renew": (5, 13, 36, 33, 13),
    },
    # Retail excellent 21, 16, 19 and telecoms poor 28, 26, 27; the three have the published means.
    "sector_first": {
        "retail": (3, 8, 29, 39, 21), "telecoms": (9, 19, 34, 28, 10), "utilities": (11, 21, 36, 24, 8),
        "travel": (5, 11, 33, 39, 12), "finance": (8, 19, 36, 27, 10), "manufacturer": (4, 12, 34, 38, 12),
    },
    "sector_follow": {
        "retail": (4, 9, 31, 40, 16), "telecoms": (8, 18, 38, 28, 8), "utilities": (12, 22, 35, 23, 8),
        "travel": (5, 12, 34, 38, 11), "finance": (9, 20, 35, 26, 10), "manufacturer": (5, 12, 34, 38, 11),
    },
    "sector_loyalty": {
        "retail": (4, 10, 29, 38, 19), "telecoms": (9, 18, 36, 29, 8), "utilities": (11, 22, 36, 23, 8),
        "travel": (5, 11, 34, 39, 11), "finance": (9, 19, 35, 27, 10), "manufacturer": (5, 11, 34, 39, 11),
    },
    "six_parts": {
        "position": (3, 5, 9, 22, 27, 25, 9), "different": (5, 8, 12, 27, 23, 18, 7),
        "advertising": (4, 7, 11, 24, 25, 21, 8), "findable": (2, 4, 7, 15, 26, 31, 15),
        "process": (3, 6, 10, 18, 27, 26, 10), "use": (3, 5, 8, 17, 27, 28, 12),
    },
}  # fmt: skip
NO_EXPERIENCE = {"advice": 30, "setup": 15, "help": 40, "fix": 45, "complain": 55, "renew": 50}  # of a moment
ACTIONS = {"competitor": 46, "stopped": 33, "posted": 21, "reviewed": 11, "told": 48}  # after a poor experience

# Cells of stage and touchpoint that a buyer used, percent.
USE = {
    "website": (30, 60, 55, 25, 30, 8), "centre": (3, 10, 10, 10, 30, 2), "shop": (20, 35, 40, 20, 15, 3),
    "manual": (2, 5, 1, 20, 8, 1), "mobile": (12, 15, 12, 8, 6, 6), "email": (10, 8, 15, 20, 18, 6),
    "social": (8, 7, 1, 2, 4, 15),
}  # fmt: skip
# Standard deviations by which a touchpoint and a stage lie above the others.
CELLS = {"website": 0.1, "centre": -0.25, "shop": 0.15, "manual": -0.1, "mobile": 0.0, "email": 0.0, "social": -0.1}
STAGES = {"need": 0.1, "choose": 0.05, "buy": 0.15, "use": 0.0, "after": -0.3, "share": 0.05}

# Of each theme: how far its own items go together, and its weight in satisfaction.
LOADING = {
    "trust": 0.84, "convenience": 0.82, "commitment": 0.82, "respect": 0.78, "autonomy": 0.76, "choice": 0.86,
    "knowledge": 0.76, "recognition": 0.76, "benefit": 0.78, "identity": 0.80,
}  # fmt: skip
DRIVES = {
    "trust": 0.32, "convenience": 0.28, "commitment": 0.24, "respect": 0.14, "autonomy": 0.12, "choice": 0.03,
    "knowledge": 0.12, "recognition": 0.10, "benefit": 0.03, "identity": 0.03,
}  # fmt: skip
# Standard deviations by which an item is agreed to more than the others.
LEVEL = {
    "rec1": -0.3, "rec2": -0.35, "rec3": -0.2, "ben1": -0.4, "ben2": -0.1, "ben3": -0.35, "ide1": -0.2, "ide2": -0.45,
    "ide3": -0.5, "kno2": -0.35, "com1": -0.1, "com3": -0.2, "con3": 0.1, "tru3": 0.15, "cho1": 0.25, "cho3": -0.5,
}  # fmt: skip
SPEND = (280, 420, 800, 850, 620, 480, 330)  # mean euros in a year, by sector
