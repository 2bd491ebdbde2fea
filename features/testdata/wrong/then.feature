Feature: Wrong arguments of what must come of it

  Scenario: One
    When the query is sent
      """
      { classes { id title: subject } person(id: "ann") { ... on Student { year } } }
      """
    Then the response at "data.classes[0].titel" is "x"
    And the response at "date.classes" is null
    And the response at "data.classes" is x
    And the response at "data.classes[x]" is null
    And the response at "data.person.year" is 7
    And the status is 999
    And "Class/7" is changed
      | property | too |
      | title    | x   |
    And "Class/7" is changed
      | property | to |
      | title    |    |
    And "Class/7" in "datastores" is stored
    And "Class/7" is stored
      | property | value  |
      | title    | !kee x |
    And the bug "title-byte" is ported
    And the upstream "parents" is not called
    And the changes are
      """
      datastore:
        - update: [Class, 7]
          sett: {title: {to: x}}
      """
